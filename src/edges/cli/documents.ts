import { join } from 'node:path'
import type { Config } from '../../config.ts'
import type { DocumentStore } from '../../platform/documents/document-store.ts'
import { folderStore } from '../../platform/documents/folder-store.ts'
import { s3Store } from '../../platform/documents/s3-store.ts'
import { noScan, type Scan, scanBy } from '../../platform/documents/scan.ts'
import { limits } from '../../platform/limits.ts'
import { developmentSecrets } from './secrets.ts'

/** A bucket where one is named, whole as the configuration was found to be, and a folder otherwise. */
export const documentsOf = (config: Config): DocumentStore =>
  config.EVIDENCE_S3_BUCKET === undefined
    ? folderStore(config.EVIDENCE_DIR ?? join(config.DATA_FOLDER, 'evidence'))
    : s3Store({
        bucket: config.EVIDENCE_S3_BUCKET,
        endpoint: config.EVIDENCE_S3_ENDPOINT ?? '',
        region: config.EVIDENCE_S3_REGION ?? '',
        accessKeyId: config.EVIDENCE_S3_ACCESS_KEY_ID ?? '',
        secretAccessKey: config.EVIDENCE_S3_SECRET_ACCESS_KEY ?? '',
      })

export const scanOf = ({ EVIDENCE_SCAN_COMMAND }: Config): Scan =>
  EVIDENCE_SCAN_COMMAND === undefined ? noScan : scanBy(EVIDENCE_SCAN_COMMAND, limits.evidence.scanMs)

/** The same on every node: each signs links that another may be asked for. */
export const linkSecretOf = ({ LINK_SECRET, DATABASE_ROLE_SECRET, DATA_FOLDER }: Config): string =>
  LINK_SECRET ?? DATABASE_ROLE_SECRET ?? developmentSecrets(DATA_FOLDER).roleSecret

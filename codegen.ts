import type { CodegenConfig } from '@graphql-codegen/cli'

// Reads the printed schema and not the code, so that an operation is typed against the contract that callers have.
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: ['schema/operations/**/*.graphql', 'test/**/*.graphql'],
  ignoreNoDocuments: true,
  generates: {
    'test/generated/operations.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        // Each document is a string that knows its types: it goes into a request as it is.
        documentMode: 'string',
        useTypeImports: true,
        enumType: 'string-literal',
        scalars: {
          CurrencyCode: 'string',
          Cursor: 'string',
          Date: 'string',
          DateTime: 'string',
          Decimal: 'string',
          ID: 'string',
        },
      },
    },
  },
}

// The tool reads its configuration from the default export.
export default config

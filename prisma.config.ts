import { defineConfig } from 'prisma/config'

// Only `prisma generate` reads this file: migrations are our own SQL, applied by src/platform/database/migrate.ts.
export default defineConfig({ schema: 'prisma/schema' })

import { defineConfig } from 'vitest/config'

// Pure rules beside their sources: no database, milliseconds.
export default defineConfig({ test: { include: ['src/**/*.test.ts'] } })

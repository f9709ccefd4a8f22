import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Two copies of graphql (ESM and CommonJS) would not know each other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: new URL('node_modules/graphql/index.js', import.meta.url).pathname }] },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    testTimeout: 30_000,
    // Sockets and servers are real, and a machine of two cores may be busy: a test that fails there is asked once more.
    retry: process.env.CI === undefined ? 0 : 1,
    hookTimeout: 60_000,
    server: { deps: { inline: [/@pothos/, /@apollo/, /graphql-ws/, /graphql-http/] } },
  },
})

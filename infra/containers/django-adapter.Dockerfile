# Built from the root of the repository: docker build -f infra/containers/django-adapter.Dockerfile -t django-adapter .
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/shared/package.json packages/shared/
COPY services/django-adapter/package.json services/django-adapter/
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --filter "@member-sync/django-adapter..."

# The workspace keeps its layout: under node_modules Node would not strip the types.
FROM node:24-slim
WORKDIR /app
COPY --from=dependencies /app ./
COPY member-sync.config.ts ./
COPY packages/shared/src packages/shared/src
COPY services/django-adapter/src services/django-adapter/src
# Left to itself V8 takes what it finds; with this a service's memory is flat after its first minutes (docs/performance.md).
ENV NODE_OPTIONS=--max-old-space-size=256
USER node
EXPOSE 8080
CMD ["node", "services/django-adapter/src/main.ts"]

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: `prepare` would build, and the sources are not here yet. So a change in src/ leaves this layer alone.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# The optional packages are the embedded PostgreSQL and Node itself for machines that lack them. The image has Node, and
# takes its PostgreSQL from DATABASE_URL.
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /app
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
RUN install -d -o node -g node -m 0700 /data
# Owned by root: the program can read itself and not change itself.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 and hears SIGTERM itself; npm or a shell in between would not pass it on.
CMD ["node", "--enable-source-maps", "dist/main.js"]

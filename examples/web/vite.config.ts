import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const SERVER = process.env.PARLEY ?? 'http://127.0.0.1:8000';
const GENERATED = 'src/generated.ts';

/** What dist was built from, so that it can be told without Node whether it is current: `sha256sum -c dist/sources.sha256`. */
function sources(): Plugin {
  return {
    name: 'sources',
    apply: 'build',
    generateBundle() {
      const names = ['src', 'public'].flatMap((folder) =>
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => `${entry.parentPath}/${entry.name}`),
      );
      const files = [...names, 'codegen.ts', 'index.html', 'package-lock.json', 'package.json', 'tsconfig.json', 'vite.config.ts'];
      const lines = files
        .filter((name) => name !== GENERATED)
        .sort()
        .map((name) => `${createHash('sha256').update(readFileSync(name)).digest('hex')}  ${name}\n`);
      this.emitFile({ type: 'asset', fileName: 'sources.sha256', source: lines.join('') });
    },
  };
}

export default defineConfig({
  plugins: [react(), sources()],
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
  },
  server: {
    proxy: {
      '/graphql': { target: SERVER, ws: true },
      '/files': SERVER,
      '/avatars': SERVER,
    },
  },
});

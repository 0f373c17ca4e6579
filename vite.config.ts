import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { vitePlugin as remix } from '@remix-run/dev';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

declare module '@remix-run/node' {
  interface Future {
    v3_singleFetch: true;
  }
}

export default defineConfig({
  // Tailwind first: it has to see the style sheets before Remix splits them by route.
  plugins: [
    tailwindcss(),
    remix({
      appDirectory: 'app',
      buildDirectory: 'build',
      // build/client is what browsers get. Remix calls its other half build/server; here `server` is the whole product
      // (build/server.mjs, made by esbuild), so the pages move to build/remix/index.js.
      buildEnd: async ({ remixConfig }) => {
        const pages = resolve(remixConfig.buildDirectory, 'remix');
        await rm(pages, { recursive: true, force: true });
        await rename(resolve(remixConfig.buildDirectory, 'server'), pages);
      },
      future: {
        // Packages are found before the first page asks for them. Found while it does, they come beside what it has
        // already: two Reacts, and a page that does nothing.
        unstable_optimizeDeps: true,
        v3_fetcherPersist: true,
        // The list of routes is one small file that browsers keep. Fetched bit by bit it fails while offline.
        v3_lazyRouteDiscovery: false,
        v3_relativeSplatPath: true,
        v3_routeConfig: true,
        v3_singleFetch: true,
        v3_throwAbortReason: true,
      },
    }),
  ],
  ssr: {
    // @anvil/* are TypeScript sources. lucide-react is bundled so that the server loads some twenty icons and not all
    // two thousand.
    noExternal: [/^@anvil\//, 'lucide-react'],
  },
  build: {
    target: 'es2022',
    // Fonts and images are files of their own: a data: URL would need a hole in the Content-Security-Policy.
    assetsInlineLimit: 0,
    // Parts of a few hundred bytes go into their neighbours: a page is to need few requests.
    rollupOptions: { output: { experimentalMinChunkSize: 3_000 } },
  },
});

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Addresses relative to the page, which says where it is: it may stand behind any path.
export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // A data: URL in a style sheet is one that the page's policy would have to allow.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
  },
});

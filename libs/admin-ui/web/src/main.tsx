import '@mantine/core/styles.css';
import '@mantine/spotlight/styles.css';
import 'uplot/dist/uPlot.min.css';
import './styles.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { NONCE } from './surroundings.js';
import { loadLanguage, preferredLanguage } from './texts/texts.js';

// Where the library that locks scrolling looks for the nonce of its style.
Object.assign(globalThis, { __webpack_nonce__: NONCE });

await loadLanguage(preferredLanguage());
const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );

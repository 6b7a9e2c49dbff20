import {
  Alert,
  Badge,
  type CSSVariablesResolver,
  createTheme,
  NavLink,
  ScrollArea,
  SegmentedControl,
  Tabs,
} from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  headings: { fontWeight: '650' },
  components: {
    // Brighter in dark.
    Badge: Badge.extend({
      vars: (_, { variant, color }) => ({
        root: variant === 'dot' ? { '--badge-dot-color': `var(--mantine-color-${color}-text)` } : {},
      }),
    }),
    NavLink: NavLink.extend({
      styles: { root: { borderRadius: 'var(--mantine-radius-md)' } },
      // Under the mouse the chosen one would have too little contrast.
      vars: () => ({ root: { '--nl-hover': 'var(--nl-bg)' }, children: {} }),
    }),
    ScrollArea: ScrollArea.extend({ classNames: { viewport: 'sideways' } }),
    // In two lines where there is no room for one.
    SegmentedControl: SegmentedControl.extend({
      styles: {
        root: { maxWidth: '100%' },
        label: { whiteSpace: 'normal', height: '100%', alignContent: 'center' },
      },
    }),
    Tabs: Tabs.extend({ classNames: { list: 'tabs' } }),
    Alert: Alert.extend({ styles: { title: { color: 'var(--mantine-color-text)' } } }),
  },
});

/** Dimmed text that still has the contrast of WCAG AA. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#545b63',
    '--mantine-color-placeholder': '#62686e',
    '--mantine-color-error': '#c92a2a',
  },
  dark: {
    '--mantine-color-anchor': '#3bc9db',
    '--mantine-color-dimmed': '#b0b0b0',
    '--mantine-color-placeholder': '#a0a0a0',
    '--mantine-color-error': '#ff8787',
  },
});

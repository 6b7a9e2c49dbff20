import { parseWebhooksOptions, type WebhooksOptions } from './webhook-options.js';

it.each([
  { allowedNetworks: ['10.0.0.0/33'] },
  { allowedNetworks: ['example.com'] },
  { allowHttp: 'yes' },
  { keys: {} },
  { unknown: 1 },
])('the options %j are refused', (options) => {
  expect(() => parseWebhooksOptions(options as WebhooksOptions)).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID' }),
  );
});

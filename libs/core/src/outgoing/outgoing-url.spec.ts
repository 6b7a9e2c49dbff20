import { type OutgoingOptions, outgoingSchema } from './outgoing-policy.js';
import { OutgoingUrlError, parseOutgoingUrl } from './outgoing-url.js';

const parsed = (text: string, options: OutgoingOptions = {}) =>
  parseOutgoingUrl(text, outgoingSchema.parse(options)).href;

describe('a URL that somebody else has named', () => {
  it.each([
    ['https://example.com', 'https://example.com/'],
    ['https://example.com:8443/a?b=c', 'https://example.com:8443/a?b=c'],
    ['HTTPS://Bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://1.1.1.1/', 'https://1.1.1.1/'],
    ['https://[2606:4700::1]/', 'https://[2606:4700::1]/'],
  ])('may be %s', (text, href) => {
    expect(parsed(text)).toBe(href);
  });

  it.each([
    '',
    'example.com',
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user@example.com/',
    'https://:password@example.com/',
    'https://example.com/#part',
    'https://example.com:22/',
    'https://example.com:1023/',
    'https://example.com:99999/',
    // Addresses, however they are written.
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://１２７.０.０.１/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[fe80::1]/',
    'https://169.254.169.254/latest/meta-data/',
  ])('is not %s', (text) => {
    expect(() => parsed(text)).toThrow(OutgoingUrlError);
  });

  it('may be of HTTP, and of networks, that are allowed', () => {
    expect(() => parsed('http://10.1.2.3/', { allowHttp: true })).toThrow('public address');
    expect(() => parsed('http://10.1.2.3/', { allowedNetworks: ['10.1.0.0/16'] })).toThrow('https:');
    const both = { allowHttp: true, allowedNetworks: ['10.1.0.0/16', '::1'] };
    expect(parsed('http://10.1.2.3:8080/', both)).toBe('http://10.1.2.3:8080/');
    expect(parsed('http://[::1]:8080/', both)).toBe('http://[::1]:8080/');
    expect(() => parsed('http://10.2.2.3/', both)).toThrow('public address');
  });
});

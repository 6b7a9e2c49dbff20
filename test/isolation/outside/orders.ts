import type { Delay, LibraryService } from '../http/library-app.js';

/** Work for one tenant, as it is sent to where it is done. It does not say whose it is. */
export type Order =
  | { readonly do: 'list' }
  | { readonly do: 'author'; readonly id: number }
  | { readonly do: 'add'; readonly title: string }
  | {
      readonly do: 'add both';
      readonly titles: readonly [string, string];
      readonly fails: 'no' | 'inner' | 'outer';
    }
  | { readonly do: 'bump'; readonly key: string; readonly text: string }
  | { readonly do: 'look later'; readonly token: string; readonly delay: Delay }
  | { readonly do: 'fail' };

/** Does the work as whoever is in force. */
export async function carryOut(order: Order, library: LibraryService): Promise<unknown> {
  switch (order.do) {
    case 'list':
      return (await library.list()).map(({ title }) => title);
    case 'author':
      return library.authorOf(order.id);
    case 'add':
      return library.add(order.title);
    case 'add both':
      return library.addBoth([...order.titles], order.fails);
    case 'bump':
      return library.bump(order.key, order.text);
    case 'look later':
      return library.lookLater(order.token, order.delay);
    case 'fail':
      return library.fail();
  }
}

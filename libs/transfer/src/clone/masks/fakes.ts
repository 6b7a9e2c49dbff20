import type { Faker } from '@faker-js/faker';
import type { FakeKind } from './mask-rules.js';

/** Makes a value up: the same for the same bytes. @param length - of the value that it is for, in characters. */
export type MakeFake = (kind: FakeKind, bytes: Buffer, length: number) => string;

/** Loads the names and words of @faker-js/faker, which takes a moment. */
export async function loadFakes(): Promise<MakeFake> {
  const { Faker, en, base } = await import('@faker-js/faker');
  let state = 0;
  // Faker's own generator takes longer to seed than to make a name.
  const randomizer = {
    next: () => {
      // Mulberry32.
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    seed: () => {},
  };
  const faker = new Faker({ locale: [en, base], randomizer });
  return (kind, bytes, length) => {
    state = bytes.readInt32LE(bytes.length - 4);
    return KINDS[kind](faker, length);
  };
}

const KINDS: Readonly<Record<FakeKind, (faker: Faker, length: number) => string>> = {
  name: (faker) => `${faker.person.firstName()} ${faker.person.lastName()}`,
  firstName: (faker) => faker.person.firstName(),
  lastName: (faker) => faker.person.lastName(),
  // No country has this code.
  phone: (faker) => `+999${faker.string.numeric(11)}`,
  street: (faker) => faker.location.streetAddress(),
  city: (faker) => faker.location.city(),
  company: (faker) => faker.company.name(),
  text: (faker, length) => textOf(faker, length),
};

function textOf(faker: Faker, length: number): string {
  let text = '';
  while (text.length < length) text += `${text === '' ? '' : ' '}${faker.lorem.word()}`;
  return text.slice(0, length).replace(/ $/, '.');
}

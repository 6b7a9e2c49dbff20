import { SKETCH_SIZE, sketchOf, usersIn } from './user-sketch.js';

const users = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `user-${from + n}`);

describe('a sketch of users', () => {
  it('counts few exactly, also those of several sketches once', () => {
    expect(usersIn([])).toBe(0);
    expect(usersIn([sketchOf('acme', users(255))])).toBe(255);
    expect(usersIn([sketchOf('acme', users(100)), sketchOf('acme', users(100, 50))])).toBe(150);
  });

  it('estimates many within four standard errors, whole or merged', () => {
    const whole = sketchOf('acme', users(20_000));
    expect(whole).toHaveLength(SKETCH_SIZE);
    const merged = usersIn([sketchOf('acme', users(12_000)), sketchOf('acme', users(12_000, 8_000))]);
    expect(merged).toBe(usersIn([whole]));
    expect(Math.abs(merged / 20_000 - 1)).toBeLessThan(0.25);
  });

  it('says nothing of the same user elsewhere', () => {
    const both = [sketchOf('acme', ['ada']), sketchOf('globex', ['ada'])];
    expect(usersIn(both)).toBe(2);
  });
});

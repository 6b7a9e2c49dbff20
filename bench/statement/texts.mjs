/** Every text is new: it begins with a number that no other has. */
let made = 0;

/** An ordinary statement that was never sent before. */
export function shortText() {
  made += 1;
  return `select p.id, p.name from products p where p.id = $1 and p.stock > ${made} order by p.name limit 20`;
}

/** A text that begins with `head` and repeats `part` up to about so many bytes. */
function repeated(head, part, tail, sizeBytes) {
  const pieces = [head];
  for (let length = head.length + tail.length, count = 1; length < sizeBytes; count += 1) {
    const piece = part(count);
    pieces.push(piece);
    length += piece.length;
  }
  return pieces.join('') + tail;
}

function numbered(text) {
  made += 1;
  return `/* ${made} */ ${text}`;
}

/** Texts by what makes them long. */
export const SHAPES = {
  'insert with parameters': (size) =>
    repeated(
      numbered('insert into products (sku, name) values ($1, $2)'),
      (n) => `, ($${2 * n + 1}, $${2 * n + 2})`,
      '',
      size,
    ),
  'insert with literals': (size) =>
    repeated(
      numbered(`insert into products (sku, name, stock) values ('0', 'none', 0)`),
      (n) => `, ('sku-${n}', 'Steel watering can, ${n} l', ${n})`,
      '',
      size,
    ),
  'IN list': (size) =>
    repeated(numbered('select * from products where id in (0'), (n) => `, ${n}`, ')', size),
  'deep expression': (size) => repeated(numbered('select 1'), (n) => ` + ${n}`, '', size),
  'one string': (size) => repeated(numbered("select '"), () => 'Steel watering can, 5 l; ', "'", size),
};

import { splitDump } from './dump-text.js';

const textsOf = (text: string) => splitDump(text).map(({ kind, text: part }) => `${kind}: ${part}`);

describe('splitting a dump', () => {
  it('ends statements where psql does', () => {
    expect(
      textsOf(`-- a; b
        select 'a;b', E'it\\'s;', "c;d", $$ e; $$, $x$ f; $$; $x$ /* g; /* h; */ */ ; ;
        create rule r as on insert to t do also (delete from a; delete from b);
        create function f() returns int begin atomic select 1; select case when true then 2 end; end;
        begin; select 1`),
    ).toEqual([
      `statement: select 'a;b', E'it\\'s;', "c;d", $$ e; $$, $x$ f; $$; $x$ /* g; /* h; */ */`,
      'statement: create rule r as on insert to t do also (delete from a; delete from b)',
      'statement: create function f() returns int begin atomic select 1; select case when true then 2 end; end',
      'statement: begin',
      'statement: select 1',
    ]);
  });

  it('reads the rows of COPY, and the commands of psql', () => {
    const dump =
      "\\restrict abc\nCOPY public.a (id, text) FROM stdin;\n1\tit's; \\N\n2\t\\.x\n\\.\n\\connect shop\nselect 1 \\gset\nselect 2;";
    expect(splitDump(dump)).toEqual([
      { kind: 'command', text: '\\restrict abc', line: 1, rows: '' },
      {
        kind: 'copy',
        text: 'COPY public.a (id, text) FROM stdin',
        line: 2,
        rows: "1\tit's; \\N\n2\t\\.x\n",
      },
      { kind: 'command', text: '\\connect shop', line: 6, rows: '' },
      { kind: 'command', text: 'select 1 \\gset', line: 7, rows: '' },
      { kind: 'statement', text: 'select 2', line: 8, rows: '' },
    ]);
  });
});

import { useFormat } from '../texts/use-format.js';

/** A time in the reader's zone. */
export function Moment({ at }: { at: string | null | undefined }) {
  const format = useFormat();
  if (!at) return <>–</>;
  return (
    <time dateTime={at} title={at}>
      {format.time(at)}
    </time>
  );
}

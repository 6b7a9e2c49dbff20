import { z } from 'zod';
import { ArchiveInvalidError } from '../errors.js';

/**
 * Contents in one stream: of each its beginning, its bytes in pieces, and its end. A frame is one byte that says which it is, the bytes
 * that follow as a number of four bytes (big-endian), and these.
 */
const KINDS = { begin: 0x42, bytes: 0x43, end: 0x45 } as const;
const HEADER_BYTES = 5;
/** Bytes of one frame, at most. */
const MAX_FRAME_BYTES = 256 * 1_024;

/** What a row says of its content. */
const beginSchema = z.strictObject({
  id: z.guid(),
  sizeBytes: z.int().min(0),
  sha256: z.hash('sha256'),
});
/**
 * - `whole`: it is what its row says.
 * - `missing`: it was not there when it was read.
 * - `differs`: it is not what its row says, and only good for nothing.
 */
const endSchema = z.strictObject({ state: z.enum(['whole', 'missing', 'differs']) });

export type ContentBegin = Readonly<z.infer<typeof beginSchema>>;
export type ContentState = z.infer<typeof endSchema>['state'];

export function beginFrame(begin: ContentBegin): Buffer {
  return frame(KINDS.begin, Buffer.from(JSON.stringify(begin)));
}

export function endFrame(state: ContentState): Buffer {
  return frame(KINDS.end, Buffer.from(JSON.stringify({ state })));
}

export function* bytesFrames(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += MAX_FRAME_BYTES)
    yield frame(KINDS.bytes, bytes.subarray(at, at + MAX_FRAME_BYTES));
}

function frame(kind: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = kind;
  header.writeUInt32BE(payload.length, 1);
  return Buffer.concat([header, payload]);
}

interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
}

/** Reads contents one after the other. */
export class ContentReader {
  readonly #frames: AsyncGenerator<Frame>;
  #ahead: Frame | undefined;
  #state: ContentState | undefined = 'whole';

  /** @param source - the frames, in chunks of any size. */
  constructor(source: AsyncIterable<Buffer>) {
    this.#frames = framesOf(source);
  }

  /**
   * The beginning of the next content; what is left of the one before is passed over.
   *
   * @returns `undefined` when there is none.
   * @throws {ArchiveInvalidError} for what no export writes.
   */
  async next(): Promise<ContentBegin | undefined> {
    await this.pass();
    const frame = await this.#next();
    if (!frame) return undefined;
    if (frame.kind !== KINDS.begin) throw invalid();
    this.#state = undefined;
    return parse(beginSchema, frame.payload);
  }

  /** The bytes of the content that has begun. Read to their end, {@link state} says what they are. */
  async *bytes(): AsyncGenerator<Buffer> {
    for (;;) {
      const frame = await this.#next();
      if (frame?.kind === KINDS.bytes && frame.payload.length > 0) yield frame.payload;
      else if (frame?.kind === KINDS.end) {
        this.#state = parse(endSchema, frame.payload).state;
        return;
      } else throw invalid();
    }
  }

  get state(): ContentState | undefined {
    return this.#state;
  }

  /** Whether the content that has begun was not there. */
  async isMissing(): Promise<boolean> {
    this.#ahead = await this.#next();
    const { kind, payload } = this.#ahead ?? {};
    return kind === KINDS.end && payload !== undefined && parse(endSchema, payload).state === 'missing';
  }

  /** Reads what is left of the content that has begun. */
  async pass(): Promise<void> {
    if (this.#state === undefined) for await (const _ of this.bytes());
  }

  async #next(): Promise<Frame | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead) return ahead;
    const { value, done } = await this.#frames.next();
    return done ? undefined : value;
  }
}

async function* framesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let size = sizeOf(rest); size !== undefined && rest.length >= size; size = sizeOf(rest)) {
      yield { kind: rest[0] as number, payload: rest.subarray(HEADER_BYTES, size) };
      rest = rest.subarray(size);
    }
  }
  if (rest.length > 0) throw invalid();
}

/** Of the frame that begins here, with its header; `undefined` where more is needed to know it. */
function sizeOf(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const size = bytes.readUInt32BE(1);
  if (size > MAX_FRAME_BYTES) throw invalid();
  return HEADER_BYTES + size;
}

function parse<T>(schema: z.ZodType<T>, payload: Buffer): T {
  try {
    return schema.parse(JSON.parse(payload.toString('utf8')));
  } catch (error) {
    throw new ArchiveInvalidError('The contents in the archive are not what an export writes.', error);
  }
}

function invalid(): ArchiveInvalidError {
  return new ArchiveInvalidError('The contents in the archive are not what an export writes.');
}

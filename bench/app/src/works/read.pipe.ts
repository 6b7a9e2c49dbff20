import { NotFoundException, type PipeTransform } from '@nestjs/common';
import { READS, type Read } from './works.js';

/** The work that a path names. */
export class ReadPipe implements PipeTransform<string, Read> {
  transform(name: string): Read {
    const read = READS.get(name);
    if (!read) throw new NotFoundException();
    return read;
  }
}

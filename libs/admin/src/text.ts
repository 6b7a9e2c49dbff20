import { CONTROLS_REFUSED, isFreeOfControls } from '@rowhouse/core/internal';
import { z } from 'zod';

/** Text that people type and read, of 1 to `max` characters. */
export function shownText(max: number) {
  return z.string().min(1).max(max).refine(isFreeOfControls, CONTROLS_REFUSED);
}

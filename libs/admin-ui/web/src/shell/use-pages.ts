import { useHasWorkers } from '../pages/workers/use-workers.js';
import { PAGES } from './pages.js';

/** The pages that this deployment has something for. */
export function useOfferedPages(): readonly (typeof PAGES)[number][] {
  const hasWorkers = useHasWorkers();
  return PAGES.filter(({ name }) => name !== 'workers' || hasWorkers);
}

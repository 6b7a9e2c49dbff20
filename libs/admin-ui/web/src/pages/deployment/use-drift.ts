import type { AdminSchemas } from '@rowhouse/client';
import { useEffect, useRef, useState } from 'react';
import { answer, api } from '../../api/client.js';

interface DriftReport {
  /** Homes that could be compared. */
  readonly compared: number;
  readonly findings: readonly AdminSchemas['schemas']['DriftFinding'][];
  readonly isComplete: boolean;
}

const NOTHING: DriftReport = { compared: 0, findings: [], isComplete: false };

/** Compares page by page, until all homes are compared, it is stopped, or the page is left. */
export function useDrift() {
  const [report, setReport] = useState<DriftReport>();
  const [error, setError] = useState<unknown>();
  const [isComparing, setIsComparing] = useState(false);
  const underWay = useRef<AbortController>(undefined);
  const stop = () => underWay.current?.abort();
  const start = async () => {
    const own = new AbortController();
    underWay.current = own;
    setIsComparing(true);
    setError(undefined);
    setReport(NOTHING);
    try {
      await compare(own.signal, setReport);
    } catch (thrown) {
      if (!own.signal.aborted) setError(thrown);
    } finally {
      if (underWay.current === own) setIsComparing(false);
    }
  };
  useEffect(() => () => underWay.current?.abort(), []);
  return { report, error, isComparing, start, stop };
}

async function compare(signal: AbortSignal, on: (report: DriftReport) => void): Promise<void> {
  let { compared, findings } = NOTHING;
  let cursor: string | undefined;
  do {
    const page = await answer(api.GET('/drift', { params: { query: { cursor } }, signal }));
    compared += page.compared;
    findings = [
      ...findings,
      ...page.items.filter(({ home }) => !findings.some((each) => each.home === home)),
    ];
    cursor = page.next ?? undefined;
    on({ compared, findings, isComplete: cursor === undefined });
  } while (cursor !== undefined);
}

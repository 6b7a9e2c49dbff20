import type { FleetDeployment } from '@rowhouse/migrations/internal';

/** TypeORM's, whose types are the registry's own. */
export type QueryRunner = ReturnType<ReturnType<FleetDeployment['registry']['for']>['createQueryRunner']>;

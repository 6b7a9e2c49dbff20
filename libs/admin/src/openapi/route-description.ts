export { Describe, descriptionOf, type RouteDescription } from '@rowhouse/nestjs/operator';

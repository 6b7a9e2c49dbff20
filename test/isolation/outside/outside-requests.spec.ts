import type { TestDatabase } from '@rowhouse/testing';
import { freePort } from '../../support/free-port.js';
import { createFleetDatabase } from '../fleet.js';
import { PLATFORMS } from '../http/start-library.js';
import { EventStreamsModule, openEventStreams } from './event-streams.js';
import { EventsModule, openEvents } from './events.js';
import {
  GraphQLOrdersModule,
  openGraphQLRequests,
  openGraphQLSockets,
  openGraphQLSubscriptions,
} from './graphql.js';
import {
  grpcLink,
  MESSAGE_KEY,
  MicroservicesModule,
  openMicroservice,
  serve,
  tcpLink,
} from './microservices.js';
import { openSockets, type SocketKind, SocketsModule, useSockets } from './sockets.js';
import { checkWay } from './way-property.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createFleetDatabase();
});

afterAll(() => database.drop());

describe('fifty tenants at once see and write what is theirs', () => {
  it(
    'in handlers of events',
    () => checkWay({ name: 'isolation of events', database, imports: [EventsModule], open: openEvents }),
    600_000,
  );

  it.each<SocketKind>(['ws', 'socket.io'])(
    'in handlers of messages (%s)',
    (kind) =>
      checkWay({
        name: `isolation of sockets, ${kind}`,
        database,
        imports: [SocketsModule],
        prepare: useSockets(kind),
        open: openSockets(kind),
      }),
    600_000,
  );

  it.each(PLATFORMS)(
    'in streams of server-sent events (%s)',
    (platform) =>
      checkWay({
        name: `isolation of event streams, ${platform}`,
        platform,
        database,
        imports: [EventStreamsModule],
        open: openEventStreams,
      }),
    600_000,
  );

  it.each([
    ['requests', openGraphQLRequests],
    ['operations over WebSocket', openGraphQLSockets],
    ['the events of subscriptions', openGraphQLSubscriptions],
  ])(
    'in resolvers of GraphQL, in %s',
    (name, open) =>
      checkWay({ name: `isolation of GraphQL, ${name}`, database, imports: [GraphQLOrdersModule], open }),
    600_000,
  );

  it.each([
    ['TCP', tcpLink],
    ['gRPC', grpcLink],
  ])(
    'in handlers of microservices over %s, and in what their clients do with the answers',
    async (name, linkOf) => {
      const link = linkOf(await freePort());
      await checkWay({
        name: `isolation of microservices over ${name}`,
        database,
        imports: [MicroservicesModule],
        tenancy: { messages: { keys: [MESSAGE_KEY] } },
        prepare: serve(link),
        open: openMicroservice(link),
      });
    },
    600_000,
  );
});

import { Body, Controller, Get, Injectable, Module, Post } from '@nestjs/common';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { CurrentTenant, HeaderResolver, TenancyModule, type Tenant, TenantContext } from '@rowhouse/nestjs';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';
import {
  addTransactionalDataSource,
  Propagation,
  runOnTransactionCommit,
  runOnTransactionComplete,
  runOnTransactionRollback,
  Transactional,
} from 'typeorm-transactional';

@Entity('orders')
export class Order {
  @PrimaryGeneratedColumn() id!: number;
  @Column() item!: string;
}

/** What happened around transactions, in order, and in whose context. */
export const log: string[] = [];
const slug = () => TenantContext.get()?.slug;

/** An application's service: it has no code about tenants, down to where it says so in a name. */
@Injectable()
export class OrdersService {
  constructor(
    @InjectRepository(Order) readonly orders: Repository<Order>,
    readonly dataSource: DataSource,
  ) {}

  /** Writes one order before `then` and one after it, in one transaction. */
  @Transactional()
  async around<T>(item: string, then: () => Promise<T> | T): Promise<T> {
    runOnTransactionCommit(() => log.push(`${slug()}: ${item} committed`));
    runOnTransactionRollback((error: Error) => log.push(`${slug()}: ${item} rolled back: ${error.message}`));
    runOnTransactionComplete((error) =>
      log.push(`${slug()}: ${item} complete, ${error ? 'failed' : 'done'}`),
    );
    await this.orders.save({ item });
    const result = await then();
    await this.dataSource.getRepository(Order).insert({ item: `${item} again` });
    return result;
  }

  /** By every way that takes part in the transaction. */
  async items(): Promise<string[]> {
    const sql = 'select item from orders order by id';
    const found = [
      await this.orders.find({ order: { id: 'ASC' } }),
      await this.dataSource.manager.find(Order, { order: { id: 'ASC' } }),
      await this.dataSource.createQueryBuilder(Order, 'o').orderBy('o.id').getMany(),
      await this.dataSource.query(sql),
      await this.dataSource.manager.query(sql),
    ].map((orders: Order[]) => orders.map(({ item }) => item).join());
    const [first] = found;
    if (first === undefined || found.some((items) => items !== first)) throw new Error(found.join(' | '));
    return first === '' ? [] : first.split(',');
  }

  @Transactional({ propagation: Propagation.REQUIRES_NEW })
  async apart(item: string): Promise<void> {
    await this.orders.save({ item });
  }

  @Transactional({ propagation: Propagation.NESTED })
  async nested(item: string): Promise<void> {
    await this.orders.save({ item });
  }

  @Transactional({ propagation: Propagation.MANDATORY })
  async within(item: string): Promise<void> {
    await this.orders.save({ item });
  }

  @Transactional({ propagation: Propagation.NEVER })
  async outside(item: string): Promise<void> {
    await this.orders.save({ item });
  }

  @Transactional({ propagation: Propagation.NOT_SUPPORTED })
  async suspended(item: string): Promise<void> {
    await this.orders.save({ item });
  }

  @Transactional({ propagation: Propagation.SUPPORTS })
  async either(item: string): Promise<void> {
    await this.orders.save({ item });
  }
}

@Controller('orders')
export class OrdersController {
  constructor(private readonly service: OrdersService) {}

  @Post()
  place(@Body() { items, fails }: { items: string[]; fails: boolean }, @CurrentTenant() tenant: Tenant) {
    return this.service.around(`${tenant.slug} order`, async () => {
      for (const item of items) await this.service.within(item);
      if (fails) throw new Error('out of stock');
    });
  }

  @Get()
  list() {
    return this.service.items();
  }
}

/** The root module. The data source is added as the README of typeorm-transactional says. */
export function ordersApp(urls: { url: string; directUrl: string; roles: string }) {
  @Module({
    imports: [
      TenancyModule.forRoot({
        typeorm: { type: 'postgres', url: urls.url, autoLoadEntities: true },
        directUrl: urls.directUrl,
        pool: { roles: urls.roles },
        resolvers: [new HeaderResolver()],
      }),
      TypeOrmModule.forFeature([Order]),
    ],
    providers: [OrdersService],
    controllers: [OrdersController],
  })
  class OrdersModule {
    constructor(dataSource: DataSource) {
      addTransactionalDataSource(dataSource);
    }
  }
  return OrdersModule;
}

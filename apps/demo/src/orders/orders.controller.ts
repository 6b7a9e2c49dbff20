import { Body, Controller, Get, Header, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiProduces,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { RequireRole } from '@rowhouse/admin';
import { RateLimit, RequireFeature } from '@rowhouse/nestjs';
import type { Page } from '@rowhouse/nestjs/operator';
import { ApiPageResponse } from '../http/api-page-response.js';
import { id } from '../http/text.js';
import { SignedInGuard } from '../members/signed-in.guard.js';
import { Order } from './order.entity.js';
import {
  type NewOrder,
  newOrder,
  type OrderChange,
  type OrdersQuery,
  orderChange,
  ordersQuery,
} from './order.schemas.js';
import { OrdersService } from './orders.service.js';

@Controller('orders')
@RateLimit('requests')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  @ApiPageResponse(Order)
  list(@Query({ schema: ordersQuery }) query: OrdersQuery): Promise<Page<Order>> {
    return this.orders.list(query);
  }

  @Get('export')
  @RequireFeature('export')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiForbiddenResponse({ description: "The shop's plan has no exports." })
  export(): Promise<string> {
    return this.orders.export();
  }

  @Get(':id')
  @ApiOkResponse({ type: Order })
  get(@Param('id', { schema: id }) orderId: string): Promise<Order> {
    return this.orders.get(orderId);
  }

  /** For who works in the shop. */
  @Patch(':id')
  @RequireRole('owner', 'staff')
  @UseGuards(SignedInGuard)
  @ApiBearerAuth()
  @ApiOkResponse({ type: Order })
  @ApiUnauthorizedResponse()
  @ApiForbiddenResponse({ description: 'Who is signed in does not work in this shop.' })
  @ApiConflictResponse({ description: 'It was shipped or cancelled.' })
  change(
    @Param('id', { schema: id }) orderId: string,
    @Body({ schema: orderChange }) change: OrderChange,
  ): Promise<Order> {
    return this.orders.change(orderId, change);
  }

  @Post()
  @ApiCreatedResponse({ type: Order })
  @ApiConflictResponse({ description: 'There is not enough in stock.' })
  place(@Body({ schema: newOrder }) order: NewOrder): Promise<Order> {
    return this.orders.place(order);
  }
}

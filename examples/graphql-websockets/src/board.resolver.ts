import {
  Args,
  Context,
  Int,
  Mutation,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { InjectRepository } from '@nestjs/typeorm';
import { tenantPubSub } from '@rowhouse/nestjs/graphql';
import DataLoader from 'dataloader';
import { PubSub } from 'graphql-subscriptions';
import { In, type Repository } from 'typeorm';
import { Card } from './card.entity.js';
import { Comment } from './comment.entity.js';

/** Of one operation. */
interface OperationContext {
  comments?: DataLoader<number, Comment[]>;
}

@Resolver(() => Card)
export class BoardResolver {
  /** An event of one team never reaches another. */
  readonly #pubSub = tenantPubSub(new PubSub());

  constructor(
    @InjectRepository(Card) private readonly cards: Repository<Card>,
    @InjectRepository(Comment) private readonly comments: Repository<Comment>,
  ) {}

  @Query(() => [Card])
  board() {
    return this.cards.find({ order: { id: 'asc' } });
  }

  @Mutation(() => Card)
  async addCard(@Args('title') title: string) {
    const card = await this.cards.save({ title, column: 'todo' });
    await this.#pubSub.publish('cardAdded', { cardAdded: card });
    return card;
  }

  @Mutation(() => Comment)
  comment(@Args('cardId', { type: () => Int }) cardId: number, @Args('text') text: string) {
    return this.comments.save({ cardId, text });
  }

  @Subscription(() => Card)
  cardAdded() {
    return this.#pubSub.asyncIterableIterator('cardAdded');
  }

  /** One statement for all cards of an operation. A loader for the whole app would give one team what it has loaded for another. */
  @ResolveField('comments', () => [Comment])
  commentsOf(@Parent() { id }: Card, @Context() context: OperationContext) {
    context.comments ??= new DataLoader(async (cardIds) => {
      const found = await this.comments.find({ where: { cardId: In([...cardIds]) }, order: { id: 'asc' } });
      return cardIds.map((cardId) => found.filter((one) => one.cardId === cardId));
    });
    return context.comments.load(id);
  }
}

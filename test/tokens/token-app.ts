import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  Post,
  Req,
  type Type,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { CurrentTenant, type Tenant } from '@rowhouse/nestjs';
import {
  Column,
  Entity,
  type MigrationInterface,
  PrimaryGeneratedColumn,
  type QueryRunner,
  type Repository,
} from 'typeorm';

/** The users of one tenant: their ids begin with 1 in each. */
@Entity('users')
export class User {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
}

export class Users1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table users (id serial primary key, name text not null)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table users');
  }
}

interface SignedIn {
  readonly headers: Record<string, string | undefined>;
  user?: { readonly sub: number };
}

/** As Nest's documentation writes it. */
@Injectable()
class AuthGuard implements CanActivate {
  constructor(private readonly tokens: JwtService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<SignedIn>();
    const [type, token] = request.headers['authorization']?.split(' ') ?? [];
    if (type !== 'Bearer' || !token) throw new UnauthorizedException();
    request.user = await this.tokens.verifyAsync(token).catch(() => {
      throw new UnauthorizedException();
    });
    return true;
  }
}

@Controller()
class AccountController {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  @Get('me')
  @UseGuards(AuthGuard)
  me(@Req() { user }: SignedIn) {
    return this.users.findOneByOrFail({ id: user?.sub });
  }
}

/** Signs in whoever gives a name, with or without the tenant in the token. */
@Controller('sign-in')
class SignInController {
  constructor(
    private readonly tokens: JwtService,
    @InjectRepository(User) private readonly users: Repository<User>,
  ) {}

  @Post()
  async signIn(@Body() { name }: { name: string }, @CurrentTenant() { id }: Tenant) {
    const user = await this.users.save({ name });
    return {
      token: await this.tokens.signAsync({ sub: user.id, tenant: id }, { expiresIn: '5m' }),
      bare: await this.tokens.signAsync({ sub: user.id }, { expiresIn: '5m' }),
    };
  }
}

@Module({
  imports: [
    TypeOrmModule.forFeature([User]),
    JwtModule.register({ secret: 'one secret for all the tenants there are' }),
  ],
  controllers: [AccountController, SignInController],
})
export class TokenModule {}

export const entities: Type[] = [User];

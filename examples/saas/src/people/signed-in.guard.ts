import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { People, type Person } from './people.js';

interface PersonsRequest {
  readonly headers: { readonly authorization?: string };
  user?: Person;
}

/** Lets in who brings a token, and leaves on the request who that is: `MembershipPolicy` and the actor of the context read it there. */
@Injectable()
export class SignedInGuard implements CanActivate {
  constructor(private readonly people: People) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<PersonsRequest>();
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    try {
      request.user = await this.people.personOf(token);
      return true;
    } catch {
      throw new UnauthorizedException('This needs a token of somebody who is signed in: POST /sign-in.');
    }
  }
}

/** Who is signed in, in routes behind {@link SignedInGuard}. */
export const CurrentPerson = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<PersonsRequest>().user,
);

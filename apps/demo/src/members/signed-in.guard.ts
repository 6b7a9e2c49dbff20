import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { type Claims, DemoIssuer } from './demo-issuer.js';

/** Lets in who comes with a token of the issuer, and leaves on the request who that is. */
@Injectable()
export class SignedInGuard implements CanActivate {
  constructor(private readonly issuer: DemoIssuer) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context
      .switchToHttp()
      .getRequest<{ headers: { authorization?: string }; user?: Claims }>();
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    try {
      request.user = await this.issuer.claimsOf(token);
      return true;
    } catch {
      throw new UnauthorizedException('This needs a token of somebody who is signed in.');
    }
  }
}

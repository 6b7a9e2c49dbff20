import { Global, Module } from '@nestjs/common';
import { People } from './people.js';
import { SignInController } from './sign-in.controller.js';
import { SignedInGuard } from './signed-in.guard.js';

@Global()
@Module({
  providers: [People, SignedInGuard],
  controllers: [SignInController],
  exports: [People, SignedInGuard],
})
export class PeopleModule {}

import { Module } from '@nestjs/common';
import { JoinController } from '../team/join.controller.js';
import { TeamController } from '../team/team.controller.js';
import { WorkspacesController } from './workspaces.controller.js';
import { Workspaces } from './workspaces.js';

@Module({
  controllers: [WorkspacesController, TeamController, JoinController],
  providers: [Workspaces],
})
export class WorkspacesModule {}

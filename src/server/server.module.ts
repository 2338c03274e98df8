import { Global, Module } from '@nestjs/common';
import { HttpRoutes } from './http-routes.js';

@Global()
@Module({ providers: [HttpRoutes], exports: [HttpRoutes] })
export class ServerModule {}

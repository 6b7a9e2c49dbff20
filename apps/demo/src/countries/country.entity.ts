import { ApiProperty } from '@nestjs/swagger';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Reference data that all tenants share: one table, in schema `public`. */
@Entity({ name: 'countries', schema: 'public' })
export class Country {
  @ApiProperty({ example: 'AT', description: 'ISO 3166-1 alpha-2.' })
  @PrimaryColumn({ type: 'char', length: 2 })
  code!: string;

  @ApiProperty({ example: 'Austria' })
  @Column()
  name!: string;
}

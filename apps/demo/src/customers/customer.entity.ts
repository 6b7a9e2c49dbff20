import { ApiProperty } from '@nestjs/swagger';
import { TenantEntity, TenantUnique } from '@rowhouse/typeorm';
import { Column, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import { Country } from '../countries/country.entity.js';

@TenantEntity('customers')
@TenantUnique('email')
export class Customer {
  @ApiProperty({ format: 'uuid' })
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @ApiProperty()
  @Column()
  name!: string;

  @ApiProperty({ format: 'email' })
  @Column()
  email!: string;

  @ApiProperty({ type: Country })
  @ManyToOne(() => Country, { nullable: false, eager: true })
  @JoinColumn({ name: 'country_code' })
  country!: Country;
}

import { ApiProperty } from '@nestjs/swagger';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import { Country } from '../countries/country.entity.js';

@Entity('customers')
export class Customer {
  @ApiProperty({ format: 'uuid' })
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @ApiProperty()
  @Column()
  name!: string;

  @ApiProperty({ format: 'email' })
  @Column({ unique: true })
  email!: string;

  @ApiProperty({ type: Country })
  @ManyToOne(() => Country, { nullable: false, eager: true })
  @JoinColumn({ name: 'country_code' })
  country!: Country;
}

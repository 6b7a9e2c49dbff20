/**
 * Whose the members of TypeORM's objects are, in the data source of one tenant. A new version that brings another member fails the
 * spec: decide what it is, and put it here.
 *
 * - `tenant`: state that differs from that of the ambient data source.
 * - `shared`: the same for all tenants.
 * - `asOwner`: done by the owner, in the tenant's home.
 * - `refused`: throws. `nothing`: does nothing. Both belong to the ambient data source.
 * - `typeorm`: TypeORM's own methods, as they are: they work on the members above.
 */
export type Verdict = 'tenant' | 'shared' | 'asOwner' | 'refused' | 'nothing' | 'typeorm';
export type Part = 'dataSource' | 'driver' | 'queryRunner' | 'manager' | 'schemaBuilder';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const MEMBERS: Readonly<Record<Part, Partial<Record<Verdict, readonly string[]>>>> = {
  dataSource: {
    tenant: words(`
      driver manager queryResultCache relationIdLoader relationLoader
    `),
    shared: words(`
      @instanceof entityMetadatas entityMetadatasMap isInitialized logger metadataTableName migrations name
      namingStrategy options subscribers
    `),
    asOwner: words(`
      runMigrations showMigrations synchronize undoLastMigration
    `),
    nothing: words(`
      destroy
    `),
    refused: words(`
      buildMetadatas initialize setOptions
    `),
    typeorm: words(`
      close connect createEntityManager createQueryBuilder createQueryRunner defaultReplicationModeForReads
      dropDatabase findMetadata getCustomRepository getManyToManyMetadata getMetadata getMongoRepository
      getRepository getTreeRepository hasMetadata isConnected mongoManager query sql sqljsManager transaction
    `),
  },
  driver: {
    tenant: words(`
      connection createQueryRunner database dataSource master prepareHydratedValue schema searchSchema slaves
    `),
    shared: words(`
      compareTableIndexTypes connectedQueryRunners cteCapabilities dataTypeDefaults isGeneratedColumnsSupported
      isReplicated mappedDataTypes maxAliasLength options parametersPrefix postgres spatialTypes supportedDataTypes
      supportedIndexTypes supportedIsolationLevels supportedUpsertTypes transactionSupport treeSupport uuidGenerator
      version withLengthColumnTypes withPrecisionColumnTypes withScaleColumnTypes
    `),
    nothing: words(`
      disconnect
    `),
    refused: words(`
      closePool connect
    `),
    typeorm: words(`
      afterConnect buildTableName checkMetadataForExtensions compareJsonDefaults createFullType createGeneratedMap
      createParameter createPool createSchemaBuilder defaultEqual enableCustomExtensions enableExtensions escape
      escapeComment escapeQueryWithParameters executeQuery findChangedColumns getAvailableExtensions getColumnLength
      isFullTextColumnTypeSupported isReturningSqlSupported isUUIDGenerationSupported loadDependencies
      loadStreamDependency lowerDefaultValueIfNecessary normalizeDatetimeFunction normalizeDefault normalizeIsUnique
      normalizeType obtainMasterConnection obtainSlaveConnection parseTableName preparePersistentValue
    `),
  },
  queryRunner: {
    tenant: words(`
      broadcaster cachedTablePaths connection data dataSource driver getTables isReleased isTransactionActive loadedTables releasePostgresConnection
      loadedViews manager mode sqlInMemory sqlMemoryMode transactionDepth
    `),
    typeorm: words(`
      Symbol.asyncDispose addColumn addColumns afterMigration beforeMigration buildCreateColumnSql buildEnumName
      buildIndexTypeClause buildSequenceName buildSequencePath changeColumn changeColumns changeTableComment
      clearDatabase clearSqlMemory clearTable commitTransaction connect createCheckConstraint
      createCheckConstraintSql createCheckConstraints createDatabase createEnumTypeSql createExclusionConstraint
      createExclusionConstraintSql createExclusionConstraints createForeignKey createForeignKeySql createForeignKeys
      createIndex createIndexSql createIndices createPrimaryKey createPrimaryKeySql createSchema createTable
      createTableSql createUniqueConstraint createUniqueConstraintSql createUniqueConstraints createView
      createViewIndex createViewIndexSql createViewIndices createViewSql deleteTypeormMetadataSql
      deleteViewDefinitionSql disableSqlMemory dropCheckConstraint dropCheckConstraintSql dropCheckConstraints
      dropColumn dropColumns dropDatabase dropEnumTypeSql dropEnumTypes dropExclusionConstraint
      dropExclusionConstraintSql dropExclusionConstraints dropForeignKey dropForeignKeySql dropForeignKeys dropIndex
      dropIndexSql dropIndices dropPrimaryKey dropPrimaryKeySql dropSchema dropTable dropTableSql
      dropUniqueConstraint dropUniqueConstraintSql dropUniqueConstraints dropView dropViewIndex dropViewSql
      enableSqlMemory escapeComment escapePath executeMemoryDownSql executeMemoryUpSql executeQueries
      generateIndexName getCachedTable getCachedView getCurrentDatabase getCurrentSchema getDatabases getMemorySql
      getReplicationMode getSchemas getTable getTableNameWithSchema getTablePath
      getTypeormMetadataTableName getUserDefinedTypeName getVersion getView getViews hasColumn hasDatabase
      hasEnumType hasSchema hasSupportForPartitionedTables hasTable insertTypeormMetadataSql insertViewDefinitionSql
      isColumnChanged isDefaultColumnLength isDefaultColumnPrecision isDefaultColumnScale isEnumChanged loadTables
      loadViews query release renameColumn renameTable replaceCachedTable
      rollbackTransaction selectTypeormMetadataSql sql startTransaction stream updatePrimaryKeys
      updateTypeormMetadataSql
    `),
  },
  manager: {
    shared: words(`
      @instanceof
    `),
    tenant: words(`
      connection dataSource plainObjectToEntityTransformer repositories treeRepositories
    `),
    typeorm: words(`
      average callAggregateFun clear count countBy create createQueryBuilder decrement delete deleteAll exists
      existsBy find findAndCount findAndCountBy findBy findByIds findOne findOneBy findOneById findOneByOrFail
      findOneOrFail getCustomRepository getId getMongoRepository getRepository getTreeRepository hasId increment
      incrementOrDecrementBy insert maximum merge minimum normalizeAndValidateWhereCriteria preload query recover
      release remove restore save softDelete softRemove sql sum transaction update updateAll upsert withRepository
    `),
  },
  schemaBuilder: {
    shared: words(`
      @instanceof
    `),
    tenant: words(`
      connection dataSource tables views
    `),
    typeorm: words(`
      addNewColumns build changeTableComment createCompositeUniqueConstraints createForeignKeys
      createMetadataTableIfNecessary createNewChecks createNewExclusions createNewIndices createNewTables
      createNewViewIndices createTypeormMetadataTable createViews dropColumnCompositeIndices
      dropColumnCompositeUniques dropColumnReferencedForeignKeys dropCompositeUniqueConstraints dropOldChecks
      dropOldExclusions dropOldForeignKeys dropOldIndices dropOldViews dropRemovedColumns entityToSyncMetadatas
      executeSchemaSyncOperationsInProperOrder getTablePath hasGeneratedColumns log
      metadataColumnsToTableColumnOptions renameColumns renameTables shouldDropIndices updateExistColumns
      updatePrimaryKeys viewEntityToSyncMetadatas
    `),
  },
};

/** Members that not every version has. */
export const OF_SOME_VERSIONS: ReadonlySet<string> = new Set(
  words(`
    dataSource.close dataSource.connect dataSource.getCustomRepository dataSource.isConnected dataSource.name
    driver.compareJsonDefaults driver.compareTableIndexTypes driver.dataSource driver.enableCustomExtensions
    driver.getAvailableExtensions driver.supportedIndexTypes driver.supportedIsolationLevels
    queryRunner.Symbol.asyncDispose queryRunner.buildIndexTypeClause queryRunner.dataSource
    queryRunner.updateTypeormMetadataSql
    manager.dataSource manager.findByIds manager.findOneById manager.getCustomRepository
    schemaBuilder.connection schemaBuilder.dataSource schemaBuilder.renameTables schemaBuilder.shouldDropIndices
    schemaBuilder.tables schemaBuilder.views
  `),
);

/** What stands in the place of TypeORM's own members on the objects of the ambient data source. */
export const WRAPPED: Readonly<Record<Part, readonly string[]>> = {
  dataSource: words('buildMetadatas queryResultCache'),
  driver: words('createQueryRunner database schema searchSchema'),
  queryRunner: words('connect getTables releasePostgresConnection'),
  manager: [],
  schemaBuilder: [],
};

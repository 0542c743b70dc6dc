/** Data access with a cache that is right: SQLite, PostgreSQL and MariaDB behind one native engine. */
module thing {
  requires static org.slf4j;

  exports thing;
}

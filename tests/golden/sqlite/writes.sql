-- insert User - 1
INSERT INTO "users" DEFAULT VALUES;

-- insert User email,age 1
INSERT INTO "users" ("email", "age") VALUES (?, ?);

-- insert OrderLine orderId,place,price 3
INSERT INTO "order ""lines""" ("select", "plätze", "price") VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?);

-- set User email,firstName
UPDATE "users" AS t SET "email" = ?, "first_name" = ? WHERE t."id" = ?;

-- set User email,+version version
UPDATE "users" AS t SET "email" = ?, "version" = t."version" + ? WHERE t."id" = ? AND t."version" = ?;

-- set User +age,+score,email version
UPDATE "users" AS t SET "age" = CASE typeof(coalesce(t."age", 0) + ?1) WHEN 'integer' THEN coalesce(t."age", 0) + ?1 ELSE abs(-9223372036854775807 - 1) END, "score" = CASE WHEN abs(coalesce(t."score", 0.0) + ?2) <= 1.7976931348623157e308 THEN coalesce(t."score", 0.0) + ?2 ELSE abs(-9223372036854775807 - 1) END, "email" = ? WHERE t."id" = ? AND t."version" = ?;

-- set OrderLine price
UPDATE "order ""lines""" AS t SET "price" = ? WHERE t."select" = ? AND t."plätze" = ?;

-- remove User
DELETE FROM "users" AS t WHERE t."id" = ?;

-- remove User version
DELETE FROM "users" AS t WHERE t."id" = ? AND t."version" = ?;

-- remove OrderLine
DELETE FROM "order ""lines""" AS t WHERE t."select" = ? AND t."plätze" = ?;

-- key User 1
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."id" = ?;

-- key User 4
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."id" IN (?, ?, ?, ?);

-- key OrderLine 1
SELECT t."select", t."plätze", t."price", t."sold" FROM "order ""lines""" AS t WHERE t."select" = ? AND t."plätze" = ?;

-- key OrderLine 3
SELECT t."select", t."plätze", t."price", t."sold" FROM "order ""lines""" AS t WHERE (t."select" = ? AND t."plätze" = ?) OR (t."select" = ? AND t."plätze" = ?) OR (t."select" = ? AND t."plätze" = ?);

-- upsert User email,age email age
INSERT INTO "users" AS t ("email", "age") VALUES (?, ?) ON CONFLICT ("email") DO UPDATE SET "age" = excluded."age", "version" = coalesce(t."version", 0) + 1 RETURNING "users"."id", "users"."email", "users"."first_name", "users"."role", "users"."age", "users"."balance", "users"."score", "users"."active", "users"."joined", "users"."settings", "users"."deleted_at", "users"."version";

-- upsert User email,age email -
INSERT INTO "users" AS t ("email", "age") VALUES (?, ?) ON CONFLICT ("email") DO NOTHING RETURNING "users"."id", "users"."email", "users"."first_name", "users"."role", "users"."age", "users"."balance", "users"."score", "users"."active", "users"."joined", "users"."settings", "users"."deleted_at", "users"."version";

-- upsert OrderLine orderId,place,price orderId,place price
INSERT INTO "order ""lines""" AS t ("select", "plätze", "price") VALUES (?, ?, ?) ON CONFLICT ("select", "plätze") DO UPDATE SET "price" = excluded."price" RETURNING "order ""lines"""."select", "order ""lines"""."plätze", "order ""lines"""."price", "order ""lines"""."sold";


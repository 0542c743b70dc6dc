-- The primary key alone

-- after User {"take":10} [7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND t."id" > ? ORDER BY t."id" LIMIT ?;

-- from User {"take":10} [7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND t."id" >= ? ORDER BY t."id" LIMIT ?;

-- after User {"orderBy":{"id":"desc"},"where":{"OR":[{"age":1},{"age":2}]}} [7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE (t."age" = ? OR t."age" = ?) AND t."deleted_at" IS NULL AND t."id" < ? ORDER BY t."id" DESC;

-- Columns that are never NULL

-- after User {"orderBy":{"email":"asc"}} ["a",7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND (t."email", t."id") > (?, ?) ORDER BY t."email", t."id";

-- from User {"orderBy":[{"email":"desc"},{"id":"desc"}]} ["a",7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND (t."email", t."id") <= (?, ?) ORDER BY t."email" DESC, t."id" DESC;

-- after User {"orderBy":{"joined":"desc"}} ["2024-05-06T07:08:09Z",7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND t."joined" <= ? AND (t."joined" < ? OR (t."joined" = ? AND t."id" > ?)) ORDER BY t."joined" DESC, t."id";

-- from User {"orderBy":{"joined":"desc"}} ["2024-05-06T07:08:09Z",7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND t."joined" <= ? AND (t."joined" < ? OR (t."joined" = ? AND t."id" >= ?)) ORDER BY t."joined" DESC, t."id";

-- after User {"orderBy":{"balance":"asc"}} ["1.5",7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND t."balance" COLLATE thing_decimal >= ? AND (t."balance" COLLATE thing_decimal > ? OR (t."balance" COLLATE thing_decimal = ? AND t."id" > ?)) ORDER BY t."balance" COLLATE thing_decimal, t."id";

-- Columns that may be NULL

-- after User {"orderBy":{"age":"asc"}} [5,7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND (t."age" > ? OR t."age" IS NULL OR (t."age" = ? AND t."id" > ?)) ORDER BY t."age" NULLS LAST, t."id";

-- after User {"orderBy":{"age":"asc"}} [null,7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND ((t."age" IS NULL AND t."id" > ?)) ORDER BY t."age" NULLS LAST, t."id";

-- after User {"orderBy":{"age":{"sort":"asc","nulls":"first"}}} [5,7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND t."age" >= ? AND (t."age" > ? OR (t."age" = ? AND t."id" > ?)) ORDER BY t."age", t."id";

-- after User {"orderBy":{"age":{"sort":"asc","nulls":"first"}}} [null,7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND (t."age" IS NOT NULL OR (t."age" IS NULL AND t."id" > ?)) ORDER BY t."age", t."id";

-- after User {"orderBy":{"age":"desc"}} [5,7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND (t."age" < ? OR t."age" IS NULL OR (t."age" = ? AND t."id" > ?)) ORDER BY t."age" DESC, t."id";

-- from User {"orderBy":[{"firstName":"asc"},{"age":"desc"}]} ["x",null,7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND (t."first_name" > ? OR t."first_name" IS NULL OR (t."first_name" = ? AND ((t."age" IS NULL AND t."id" >= ?)))) ORDER BY t."first_name" NULLS LAST, t."age" DESC, t."id";

-- Many columns

-- after User {"orderBy":[{"email":"asc"},{"firstName":"desc"},{"role":"asc"},{"age":"asc"},{"balance":"asc"},{"score":"desc"},{"joined":"asc"},{"version":"asc"}]} ["a",null,"user",5,"1.5",2.5,"2024-05-06T07:08:09Z",0,7]
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL AND CASE WHEN t."email" > ? THEN 1 WHEN t."email" IS NOT ? THEN 0 WHEN t."first_name" IS NOT NULL THEN 0 WHEN t."role" > ? THEN 1 WHEN t."role" IS NOT ? THEN 0 WHEN t."age" > ? OR t."age" IS NULL THEN 1 WHEN t."age" IS NOT ? THEN 0 WHEN t."balance" COLLATE thing_decimal > ? THEN 1 WHEN t."balance" COLLATE thing_decimal IS NOT ? THEN 0 WHEN t."score" < ? THEN 1 WHEN t."score" IS NOT ? THEN 0 WHEN t."joined" > ? THEN 1 WHEN t."joined" IS NOT ? THEN 0 WHEN t."version" > ? THEN 1 WHEN t."version" IS NOT ? THEN 0 WHEN t."id" > ? THEN 1 WHEN t."id" IS NOT ? THEN 0 ELSE 0 END ORDER BY t."email", t."first_name" DESC, t."role", t."age" NULLS LAST, t."balance" COLLATE thing_decimal, t."score" DESC, t."joined", t."version", t."id";


-- Conditions

-- select User {}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"email":"a@b.c"}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."email" = ? AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"age":{"gte":18,"lt":65},"active":true,"OR":[{"firstName":{"startsWith":"A"}},{"email":{"endsWith":".org"}}]}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."age" >= ? AND t."age" < ? AND t."active" = ? AND ((t."first_name" >= ? AND t."first_name" < CAST(? AS BLOB) || X'FFFF' AND instr(t."first_name", ?) = 1) OR instr(t."email" || X'FFFF', ? || X'FFFF') > 0) AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"age":null,"firstName":{"not":null}}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."age" IS NULL AND t."first_name" IS NOT NULL AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"age":{"not":7},"role":{"in":["admin","user"]},"id":{"notIn":[1,2,3]}}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."age" <> ? AND t."role" IN (?, ?) AND t."id" NOT IN (?, ?, ?, ?) AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"id":{"in":[]},"age":{"notIn":[]}}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE 0 AND 1 AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"AND":[],"OR":[]}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE 0 AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"NOT":{"age":{"gt":5},"email":{"contains":"x"}}}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE (t."age" <= ? OR instr(t."email", ?) = 0) AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"NOT":[{"firstName":{"startsWith":"A"}},{"OR":[{"age":1},{"age":2}]}]}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE NOT (t."first_name" >= ? AND t."first_name" < CAST(? AS BLOB) || X'FFFF' AND instr(t."first_name", ?) = 1) AND t."age" <> ? AND t."age" <> ? AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"email":{"equals":"A","mode":"insensitive"},"firstName":{"in":["a","B"],"mode":"insensitive"}}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE lower(t."email") = lower(?) AND lower(t."first_name") IN (lower(?), lower(?)) AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"email":{"contains":"A","startsWith":"a","endsWith":"c","mode":"insensitive"}}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE instr(lower(t."email"), lower(?)) > 0 AND instr(lower(t."email"), lower(?)) = 1 AND instr(lower(t."email") || X'FFFF', lower(?) || X'FFFF') > 0 AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"balance":{"between":["0","10.5"],"not":"3"},"id":{"in":[1,2,3,4,5]}}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."balance" COLLATE thing_decimal >= ? AND t."balance" COLLATE thing_decimal <= ? AND t."balance" COLLATE thing_decimal <> ? AND t."id" IN (?, ?, ?, ?, ?, ?, ?, ?) AND t."deleted_at" IS NULL ORDER BY t."id";

-- select User {"where":{"balance":{"in":["1","2"]},"settings":{"equals":[1]},"joined":{"gt":"2024-05-06T07:08:09Z"}}}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."balance" COLLATE thing_decimal IN (?, ?) AND t."settings" = ? AND t."joined" > ? AND t."deleted_at" IS NULL ORDER BY t."id";

-- Order, page, columns

-- select User {"orderBy":[{"firstName":"asc"},{"age":"desc"}],"take":10,"skip":20}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL ORDER BY t."first_name" NULLS LAST, t."age" DESC, t."id" LIMIT ? OFFSET ?;

-- select User {"orderBy":[{"firstName":{"sort":"asc","nulls":"first"}},{"age":{"sort":"desc","nulls":"first"}},{"balance":"desc"}],"skip":5}
SELECT t."id", t."email", t."first_name", t."role", t."age", t."balance", t."score", t."active", t."joined", t."settings", t."deleted_at", t."version" FROM "users" AS t WHERE t."deleted_at" IS NULL ORDER BY t."first_name", t."age" DESC NULLS FIRST, t."balance" COLLATE thing_decimal DESC, t."id" LIMIT -1 OFFSET ?;

-- select User {"select":{"firstName":true},"take":1}
SELECT t."id", t."first_name" FROM "users" AS t WHERE t."deleted_at" IS NULL ORDER BY t."id" LIMIT ?;

-- select User {"select":["balance","role"],"distinct":true}
SELECT DISTINCT t."role", t."balance" COLLATE thing_decimal FROM "users" AS t WHERE t."deleted_at" IS NULL ORDER BY t."role", t."balance" COLLATE thing_decimal;

-- select OrderLine {"where":{"price":{"lt":"5"}}}
SELECT t."select", t."plätze", t."price", t."sold" FROM "order ""lines""" AS t WHERE t."price" COLLATE thing_decimal < ? AND t."sold" = ? ORDER BY t."select", t."plätze";

-- Counting

-- count User {"where":{"role":"admin"},"take":5,"skip":1,"orderBy":{"age":"asc"}}
SELECT count(*) FROM "users" AS t WHERE t."role" = ? AND t."deleted_at" IS NULL;

-- count User {"select":["balance"],"distinct":true}
SELECT count(*) FROM (SELECT DISTINCT t."balance" COLLATE thing_decimal FROM "users" AS t WHERE t."deleted_at" IS NULL);

-- exists User {"where":{"role":"admin"},"orderBy":{"age":"asc"}}
SELECT 1 FROM "users" AS t WHERE t."role" = ? AND t."deleted_at" IS NULL LIMIT 1;

-- Bulk writes

-- delete User {"where":{"age":{"lt":5}}}
DELETE FROM "users" AS t WHERE t."age" < ? AND t."deleted_at" IS NULL;

-- update User email,+age,+score,+version {"where":{"role":"user"}}
UPDATE "users" AS t SET "email" = ?, "age" = CASE typeof(coalesce(t."age", 0) + ?2) WHEN 'integer' THEN coalesce(t."age", 0) + ?2 ELSE abs(-9223372036854775807 - 1) END, "score" = CASE WHEN abs(coalesce(t."score", 0.0) + ?3) <= 1.7976931348623157e308 THEN coalesce(t."score", 0.0) + ?3 ELSE abs(-9223372036854775807 - 1) END, "version" = t."version" + ? WHERE t."role" = ? AND t."deleted_at" IS NULL;

-- update User active {}
UPDATE "users" AS t SET "active" = ? WHERE t."deleted_at" IS NULL;


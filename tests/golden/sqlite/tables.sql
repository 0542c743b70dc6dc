-- create User
CREATE TABLE "users" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL, "first_name" TEXT, "role" TEXT NOT NULL DEFAULT 'user', "age" INTEGER, "balance" DECIMAL TEXT NOT NULL DEFAULT '0.00', "score" REAL NOT NULL DEFAULT 1.5, "active" BOOLEAN NOT NULL DEFAULT 1, "joined" DATETIME TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, "settings" JSON TEXT, "deleted_at" DATETIME TEXT, "version" INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX "users_email_key" ON "users" ("email");
CREATE INDEX "users_role_joined_idx" ON "users" ("role", "joined");
CREATE INDEX "users_balance_idx" ON "users" ("balance" COLLATE thing_decimal);
CREATE UNIQUE INDEX "users_admins" ON "users" ("email") WHERE "role" = 'admin';
CREATE INDEX "users_grown" ON "users" ("age") WHERE (("age" >= 18 AND "age" <= 65) OR "role" IN ('admin', 'it''s')) AND "balance" COLLATE thing_decimal > '0.5' AND "first_name" IS NOT NULL;

-- create OrderLine
CREATE TABLE "order ""lines""" ("select" INTEGER NOT NULL, "plätze" INTEGER NOT NULL, "price" DECIMAL TEXT, "sold" BOOLEAN NOT NULL DEFAULT 0, PRIMARY KEY ("select", "plätze"));

-- create Everything
CREATE TABLE "everything" ("key" UUID TEXT PRIMARY KEY NOT NULL DEFAULT (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))), "b" BOOLEAN DEFAULT 0, "i" INTEGER NOT NULL DEFAULT -9223372036854775808, "f" REAL NOT NULL DEFAULT 1e+300, "d" DECIMAL TEXT NOT NULL DEFAULT '-12.50', "t" TEXT NOT NULL DEFAULT 'it''s "quoted"', "lines" TEXT NOT NULL DEFAULT (CAST(X'610A620063' AS TEXT)), "raw" BLOB NOT NULL DEFAULT X'00FF', "at" DATETIME TEXT NOT NULL DEFAULT '2024-05-06 07:08:09.250000', "day" DATE TEXT NOT NULL DEFAULT CURRENT_DATE, "hour" TIME TEXT NOT NULL DEFAULT CURRENT_TIME, "doc" JSON TEXT NOT NULL DEFAULT '[1, "x"]', "nothing" TEXT DEFAULT NULL, "made" INTEGER NOT NULL DEFAULT (abs(-7)));

-- add User firstName
ALTER TABLE "users" ADD COLUMN "first_name" TEXT;

-- add User balance
ALTER TABLE "users" ADD COLUMN "balance" DECIMAL TEXT NOT NULL DEFAULT '0.00';

-- add OrderLine sold
ALTER TABLE "order ""lines""" ADD COLUMN "sold" BOOLEAN NOT NULL DEFAULT 0;


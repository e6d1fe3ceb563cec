"""Types are read from what people write, and what is none is refused where it goes wrong."""

from __future__ import annotations

import pytest

from cdk_ml.data.catalog.types import ColumnTypeError, ListOf, MapOf, Scalar, StructOf, hive, iceberg, parse_type

INT, LONG, STRING = Scalar("int"), Scalar("long"), Scalar("string")


@pytest.mark.parametrize(
    ("text", "type_", "written"),
    [
        ("bigint", LONG, "bigint"),
        ("long", LONG, "bigint"),
        ("integer", INT, "int"),
        (" timestamptz ", Scalar("timestamptz"), "timestamptz"),
        ("decimal(10,2)", Scalar("decimal", (10, 2)), "decimal(10,2)"),
        ("decimal(10)", Scalar("decimal", (10, 0)), "decimal(10,0)"),
        ("decimal( 38 , 38 )", Scalar("decimal", (38, 38)), "decimal(38,38)"),
        ("varchar(20)", Scalar("varchar", (20,)), "varchar(20)"),
        ("array<string>", ListOf(STRING), "array<string>"),
        ("list<array<int>>", ListOf(ListOf(INT)), "array<array<int>>"),
        ("map<string, bigint>", MapOf(STRING, LONG), "map<string,bigint>"),
        (
            "struct<sku:string,pieces:int,tags:array<string>>",
            StructOf((("sku", STRING), ("pieces", INT), ("tags", ListOf(STRING)))),
            "struct<sku:string,pieces:int,tags:array<string>>",
        ),
    ],
)
def test_a_type_is_read_by_either_name_and_written_as_glue_does(text: str, type_: object, written: str) -> None:
    found = parse_type(text)
    assert found == type_
    assert hive(found) == written
    # What Glue says of a table is read as the same type.
    assert parse_type(written) == type_


@pytest.mark.parametrize(
    ("type_", "written"),
    [
        # The space is Iceberg's own: without it, Glue takes the same type for another one.
        (Scalar("decimal", (10, 2)), "decimal(10, 2)"),
        (Scalar("fixed", (16,)), "fixed[16]"),
        (LONG, "long"),
    ],
)
def test_a_type_is_written_as_iceberg_does(type_: Scalar, written: str) -> None:
    assert iceberg(type_) == written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends before it has begun. Add a type, such as string."),
        ("strnig", "says 'strnig', which is not a type. Did you mean string."),
        ("json", "says 'json', which is not a type. Use one of array, bigint, binary, "),
        ("String", "writes String in capitals. Write string."),
        ("string(10)", "goes on with '(' after the type has ended. Remove what follows 'string'."),
        ("decimal", "ends after 'decimal', where '(' has to be. Note that decimal has its digits in round brackets"),
        ("decimal(10,2", "ends after 'decimal(10,2', where ')' has to be. Note that decimal has a precision"),
        ("decimal(39,2)", "has 39 digits. Use 1 to 38."),
        ("decimal(0)", "has 0 digits. Use 1 to 38."),
        ("decimal(2,3)", "has 3 of 2 digits behind the point. Use at most 2."),
        ("decimal(x)", "has 'x' where a number has to be. Write a whole number."),
        ("char(256)", "has a length of 256. Use 1 to 255."),
        ("fixed(16)", "has '(' after 'fixed', where '[' has to be. Note that fixed has its length in brackets"),
        ("array", "ends after 'array', where '<' has to be. Note that list has what it is made of in angle brackets."),
        ("array<>", "says '>', which is not a type. "),
        ("array<string", "ends after 'array<string', where '>' has to be. Note that list<...> has to be closed."),
        ("map<string>", "has '>' after 'map<string', where ',' has to be. Note that map has two types"),
        ("struct<sku>", "has '>' after 'struct<sku', where ':' has to be. Note that struct has a type for each field"),
        ("struct<Sku:string>", "has a field 'Sku'. Use lower case letters, digits and underscores"),
        ("struct<a:int,a:int>", "has the field a twice. Name each one differently."),
        ("struct<a:int,>", "has a field '>'. Use lower case letters"),
        ("string;", "has ';' after 'string'. Remove it."),
    ],
)
def test_what_is_no_type_is_refused_where_it_goes_wrong(text: str, message: str) -> None:
    with pytest.raises(ColumnTypeError) as error:
        parse_type(text)
    assert str(error.value).startswith(message)

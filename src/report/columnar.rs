//! `results.parquet`: the table of results with the types of its columns.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::table::{COLUMNS, Cell, ColumnKind, lines};
use crate::record::Results;

/// Renders `results.parquet`: the columns of `results.csv` in one row group. Text is UTF-8, flags
/// are booleans, counts unsigned 64-bit and other numbers 64-bit floating point; a value that does
/// not exist is null.
#[must_use]
pub fn parquet(results: &Results) -> Vec<u8> {
    written(results).expect("the columns are valid, and memory takes them")
}

fn written(results: &Results) -> Result<Vec<u8>, ParquetError> {
    let fields = COLUMNS.into_iter().map(|(name, kind)| field(name, kind).map(Arc::new));
    let fields = fields.collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("results").with_fields(fields).build()?;
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, Arc::new(schema), Arc::default())?;
    let lines = lines(results);
    let mut group = writer.next_row_group()?;
    for (at, (_, kind)) in COLUMNS.into_iter().enumerate() {
        let cells = lines.iter().map(|line| &line[at]);
        let Some(column) = group.next_column()? else { break };
        match kind {
            ColumnKind::Text => write::<ByteArrayType>(column, cells, |cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                _ => None,
            }),
            ColumnKind::Flag => write::<BoolType>(column, cells, |cell| match cell {
                Cell::Flag(flag) => Some(*flag),
                _ => None,
            }),
            // The bits of an unsigned number, as the logical type says.
            ColumnKind::Count => write::<Int64Type>(column, cells, |cell| match cell {
                Cell::Count(count) => Some(count.cast_signed()),
                _ => None,
            }),
            ColumnKind::Number => write::<DoubleType>(column, cells, |cell| match cell {
                Cell::Number(number) => Some(*number),
                _ => None,
            }),
        }?;
    }
    group.close()?;
    writer.close()?;
    Ok(bytes)
}

fn field(name: &str, kind: ColumnKind) -> Result<Type, ParquetError> {
    let (physical, logical) = match kind {
        ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnKind::Flag => (Physical::BOOLEAN, None),
        ColumnKind::Count => (Physical::INT64, Some(LogicalType::integer(64, false))),
        ColumnKind::Number => (Physical::DOUBLE, None),
    };
    let field = Type::primitive_type_builder(name, physical).with_logical_type(logical);
    field.with_repetition(Repetition::OPTIONAL).build()
}

/// Values that exist, and for each line whether it has one.
fn write<'a, D: DataType>(
    mut column: SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = &'a Cell>,
    value: impl Fn(&Cell) -> Option<D::T>,
) -> Result<(), ParquetError> {
    let values: Vec<Option<D::T>> = cells.map(value).collect();
    let levels: Vec<i16> = values.iter().map(|it| i16::from(it.is_some())).collect();
    let values: Vec<D::T> = values.into_iter().flatten().collect();
    column.typed::<D>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

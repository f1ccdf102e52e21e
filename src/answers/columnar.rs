//! Tables of answers in Parquet: their rows as those of a CSV table.

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::error::AnswersError;
use super::table::is_read;

/// The same table with a header and values apart by commas; what has no value is empty, and a row's
/// number is that of its line, from 2.
pub(super) fn as_csv(file: &[u8]) -> Result<Vec<u8>, AnswersError> {
    let broken = |error: ParquetError| {
        AnswersError::Columns(format!(
            "{error}: write the table again, uncompressed or with Snappy, or as CSV"
        ))
    };
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(file)).map_err(broken)?;
    let schema = reader.metadata().file_metadata().schema();
    let names: Vec<&str> = schema.get_fields().iter().map(|field| field.name()).collect();
    let mut table = csv::Writer::from_writer(Vec::new());
    let memory = "a table in memory";
    table.write_record(&names).expect(memory);
    for row in reader.get_row_iter(None).map_err(broken)? {
        let row = row.map_err(broken)?;
        let cells = row.get_column_iter().map(|(name, field)| cell(name, field));
        table.write_record(cells.collect::<Result<Vec<String>, _>>()?).expect(memory);
    }
    Ok(table.into_inner().expect(memory))
}

fn cell(name: &str, field: &Field) -> Result<String, AnswersError> {
    Ok(match field {
        Field::Null => String::new(),
        Field::Bool(truth) => u8::from(*truth).to_string(),
        Field::Byte(number) => number.to_string(),
        Field::Short(number) => number.to_string(),
        Field::Int(number) => number.to_string(),
        Field::Long(number) => number.to_string(),
        Field::UByte(number) => number.to_string(),
        Field::UShort(number) => number.to_string(),
        Field::UInt(number) => number.to_string(),
        Field::ULong(number) => number.to_string(),
        // What pandas writes where there is no number.
        Field::Double(number) if number.is_nan() => String::new(),
        Field::Float(number) if number.is_nan() => String::new(),
        Field::Float(number) => number.to_string(),
        Field::Double(number) => number.to_string(),
        Field::Str(text) => text.clone(),
        _ if is_read(name) => {
            return Err(AnswersError::Columns(format!(
                "column `{name}` holds neither numbers nor text: write it as one of these"
            )));
        }
        _ => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::types::Type;

    use super::*;

    #[test]
    fn rows_are_those_of_the_csv_table() {
        let text = Type::primitive_type_builder("image", Physical::BYTE_ARRAY)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(Some(LogicalType::String));
        let number = Type::primitive_type_builder("ratio", Physical::DOUBLE)
            .with_repetition(Repetition::OPTIONAL);
        let fields = [text, number].map(|it| Arc::new(it.build().unwrap())).to_vec();
        let schema = Type::group_type_builder("schema").with_fields(fields).build().unwrap();
        let mut file = Vec::new();
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let mut writer =
            SerializedFileWriter::new(&mut file, Arc::new(schema), Arc::new(properties)).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let names = ["a,b", "c", "d"].map(ByteArray::from);
        column.typed::<ByteArrayType>().write_batch(&names, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let levels = Some(&[0, 1, 1][..]);
        column.typed::<DoubleType>().write_batch(&[f64::NAN, 12.5], levels, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        let table = String::from_utf8(as_csv(&file).unwrap()).unwrap();
        assert_eq!(table, "image,ratio\n\"a,b\",\nc,\nd,12.5\n");
        for end in [5, file.len() / 2, file.len() - 1] {
            let message = as_csv(&file[..end]).unwrap_err().to_string();
            assert!(message.ends_with("or as CSV"), "{message}");
        }
    }
}

// FormReader: a multipart/form-data body, part by part, as its bytes come. One thread. Memory: a field or two chunks.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/http/request.h"
#include "api/s3/errors.h"

namespace kiln::api::s3 {

struct FormPart {
  std::string name;      // lower case
  std::string fileName;  // of a file, without folders
  std::string contentType;
};

class FormReader {
 public:
  // `contentType`: the request's, with its boundary.
  FormReader(std::shared_ptr<BodyReader> source, std::string_view contentType);

  // The next part; nullopt at the end. MalformedPOSTRequest.
  S3Result<std::optional<FormPart>> next();
  // Bytes of the current part; empty at its end.
  S3Result<std::string> read();
  // All of it. MalformedPOSTRequest beyond 1 MiB.
  S3Result<std::string> readField();

 private:
  S3Result<bool> fill();  // false at the end of the body

  std::shared_ptr<BodyReader> source_;
  std::string delimiter_;        // CRLF "--" boundary
  std::string buffer_ = "\r\n";  // so that the first delimiter looks like the others
  bool partEnded_ = true;
};

}  // namespace kiln::api::s3

// SPDX-License-Identifier: Apache-2.0
// Lines of text as views, compiled here for all jobs.
#include <flink/connectors/file/file_source.h>

namespace flink {

namespace detail {
template class FormatReader<std::string_view, TextFormat<std::string_view>>;
template class SourceOperatorOf<std::string_view, FileSplit, std::vector<FileSplit>>;
template void install_source(std::shared_ptr<const FileSource<std::string_view>> source,
                             Transformation& transformation);
}  // namespace detail

template class FileSource<std::string_view>;
template FileSource<std::string_view> FileSource<std::string_view>::of(
    const std::string& path, const TextFormat<std::string_view>& format);

}  // namespace flink

using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Access;

/// <summary>Holds what a process serves against the access table.</summary>
internal static class ServedMethods
{
    // What gRPC answers UNIMPLEMENTED with.
    private const string Unimplemented = "grpcunimplemented";

    /// <exception cref="InvalidOperationException">Something is served that has no row: who may call it was forgotten.</exception>
    public static void Check(IEndpointRouteBuilder app)
    {
        string[] forgotten = [.. app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText?.Contains(Unimplemented, StringComparison.Ordinal) != true)
            .Select(NameOf).Where(name => AccessTable.Find(name) is null)];
        if (forgotten.Length > 0)
        {
            throw new InvalidOperationException($"No row in the access table for {string.Join(", ", forgotten)}.");
        }
    }

    private static string NameOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName ?? endpoint.RoutePattern.RawText ?? "";
}

// One surface material out of the table that all packages share.
#include "noise.glsl"
#include "patterns.glsl"
uniform samplerBuffer materials; // three texels: rgb + roughness; metal, pattern, alpha, cutoff; emission
#ifdef TEXTURED
uniform sampler2D base_texture;
centroid in vec2 uv;
#endif
#ifdef GLOWING
uniform sampler2D glow_texture;
#endif
#ifdef COLORED
centroid in vec4 tint;
#endif

#ifdef MASKED
// A texture may cut holes: what its alpha says is not there is not drawn by any pass.
void cut_holes(uint row) {
    vec4 b = texelFetch(materials, int(row) * 3 + 1);
    if (texture(base_texture, uv).a * b.z < b.w) discard;
}
#endif

Surface surface_of(uint row) {
    vec4 a = texelFetch(materials, int(row) * 3), b = texelFetch(materials, int(row) * 3 + 1);
    Surface s;
    s.albedo = a.rgb;
    s.roughness = a.a;
    s.metal = b.x;
    s.pattern = int(b.y + 0.5);
    s.alpha = b.z;
    s.emission = texelFetch(materials, int(row) * 3 + 2).rgb;
    s.window = 0.0;
#ifdef TEXTURED
    vec4 texel = texture(base_texture, uv);
    s.albedo *= texel.rgb;
    s.alpha *= texel.a;
#endif
#ifdef COLORED
    s.albedo *= tint.rgb;
    s.alpha *= tint.a;
#endif
#ifdef GLOWING
    s.emission *= texture(glow_texture, uv).rgb;
#endif
    s.albedo = min(s.albedo, vec3(0.80)); // nothing reflects more, whatever a model says
    return s;
}

#version 330
// The interface: corners in pixels, from the top left of the output.
in vec2 corner;
in vec2 atlas;
in vec4 tint;
uniform vec2 output_size;
out vec2 atlas_uv;
out vec4 corner_tint;

void main() {
    atlas_uv = atlas;
    corner_tint = tint;
    gl_Position = vec4(corner.x / output_size.x * 2.0 - 1.0, 1.0 - corner.y / output_size.y * 2.0, 0.0, 1.0);
}
